// Runs before the first paint: lets the style sheets know that scripts work, so that menus may start closed.
document.documentElement.classList.add("js");
